"""People who stand here twice: finding them at every door and over the whole base.

`names.py` compares names, `scoring.py` weighs what two people share, `keys.py` says who is compared with
whom at all, `finding.py` asks at a door, `refreshing.py` keeps the queue, `grouping.py` connects its pairs.
"""
