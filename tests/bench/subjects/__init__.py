"""What is measured: the proxy, and what it is compared with."""

from __future__ import annotations

from tests.bench.subjects.direct import Direct
from tests.bench.subjects.nginx import Nginx
from tests.bench.subjects.pratique import Pratique
from tests.bench.subjects.subject import Subject
from tests.bench.subjects.verdaccio import Verdaccio

__all__ = ["SUBJECTS", "Direct", "Nginx", "Pratique", "Subject", "Verdaccio"]

SUBJECTS: dict[str, type[Subject]] = {each.name: each for each in (Direct, Nginx, Verdaccio, Pratique)}
