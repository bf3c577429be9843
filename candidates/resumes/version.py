"""Which reader read a file. Known without importing the reader itself."""

# Raised when what is found changes for the better: files read by an older one can be read again.
VERSION = 4
