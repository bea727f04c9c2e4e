"""Lockfiles of npm, pnpm, yarn and bun, read as text: which versions they pin, with which bytes, from where."""

from proxy.npm.lockfile.locked import BadLockfile, Locked, Lockfile
from proxy.npm.lockfile.read import MAX_TEXT, read_lockfile

__all__ = ["MAX_TEXT", "BadLockfile", "Locked", "Lockfile", "read_lockfile"]
