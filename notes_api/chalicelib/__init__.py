"""Notes: logic (notes, search, pages), storage (store, attachments), what is accepted.

That is in schemas, preconditions and cursors.
"""
