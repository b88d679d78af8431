"""One module per gap between MiniStack and AWS that this project would fall into."""
