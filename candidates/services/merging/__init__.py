"""Making one record of several that are one person's: nothing is lost, and all of it can be taken back.

`rules.py` holds what each app does with its rows, `moving.py` and `own.py` what this one does, `comparing.py`
puts records side by side and chooses the better values, `merging.py` is the act, `bulk.py` many of them.
"""
