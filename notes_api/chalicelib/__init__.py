"""Notes: logic (notes), storage (store, attachments), what is accepted (schemas, preconditions, cursors)."""
