"""`make local`: a stage's REST services under `chalice local`, behind one port, reloading as files change."""
