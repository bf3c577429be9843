"""Importing people from a table: read the file, guess its columns, check each row, run, report.

The way of a file: `uploading` stores its rows, `guessing` proposes what each column holds, `rows` makes
a person of each row, `planning` decides what that person is to us, `writing` stores it, `running`
does both in batches that can be killed at any point, `reporting` tells what became of each row.
"""
