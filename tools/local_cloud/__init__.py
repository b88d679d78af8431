"""The local cloud: MiniStack with the gaps closed that this project would fall into.

`control` starts and stops it, `server` is the process, `gaps` has one module per gap.
"""
