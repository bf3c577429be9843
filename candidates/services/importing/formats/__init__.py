"""The kinds of files that people arrive in. Each module turns one kind into records, a row at a time.

No file is ever held as a whole: what a file costs in memory does not depend on how many rows it has.
"""
