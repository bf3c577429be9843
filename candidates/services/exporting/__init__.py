"""People leaving as files: a list as one CSV, or all that an organization has as a zip of them.

`people` makes the table that our own import reads back as it was, `tables` the others, `running` writes
them to a private file in the background, whose download ends by itself.
"""
