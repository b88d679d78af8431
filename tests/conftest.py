"""Tests run in the environment that the tools compose, however they are started and from whichever shell."""

from __future__ import annotations

from tools import environments

environments.adopt(environments.tests())
