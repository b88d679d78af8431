"""Notes: logic (notes), search, storage (store, attachments), what is accepted (schemas, preconditions, cursors, pages)."""
