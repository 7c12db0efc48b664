"""Undo of a committed load.

`tables` says which tables hold records and who refers to whom, `plan` finds what a load wrote, `keeping` what of it
must stay, `amounts` what that does to open money, `apply` does it, `work` is a worker's way through all of it.
"""
