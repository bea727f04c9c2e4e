"""The counts of several workers as one."""

from __future__ import annotations

import shutil
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from proxy.shared.snapshots import Snapshots
from proxy.web.metrics import Metrics, Reading


def samples(metrics: Metrics) -> dict[str, float]:
    """What Prometheus reads, labels written out."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        each.name + "".join(f" {key}={value}" for key, value in sorted(each.labels.items())): each.value
        for family in families
        for each in family.samples
    }


def worker(folder: Path, number: int, *more: Reading) -> Metrics:
    """One that has a place of its own."""
    metrics = Metrics(Snapshots(folder, number))
    metrics.read_from(lambda: more)
    metrics.say()
    return metrics


def test_counts_and_histograms_are_added_up_and_the_highest_gauge_counts(tmp_path: Path) -> None:
    one = worker(tmp_path, 0, ("counter", "looks", "Looks.", 3), ("gauge", "age", "Age.", 7))
    two = worker(tmp_path, 1, ("counter", "looks", "Looks.", 4), ("gauge", "age", "Age.", 5))
    one.request("packument", "served", 0.002)
    two.request("packument", "served", 0.2)
    two.request("tarball", "served", 0.002)
    two.say()
    found = samples(one)
    assert (found["looks_total"], found["age"]) == (7, 7)
    assert found["pratique_requests_total kind=packument outcome=served"] == 2
    assert found["pratique_requests_total kind=tarball outcome=served"] == 1
    assert found["pratique_request_seconds_bucket kind=packument le=0.005"] == 1
    assert found["pratique_request_seconds_bucket kind=packument le=+Inf"] == 2
    assert found["pratique_request_seconds_count kind=packument"] == 2
    assert samples(two) == found
    assert b"# TYPE pratique_request_seconds histogram" in one.text()


def test_no_sum_is_smaller_than_one_that_was_told_before(tmp_path: Path) -> None:
    one, two = worker(tmp_path, 0), worker(tmp_path, 1)
    for number in range(5):
        one.request("packument", "served", 0.1)
        told = samples(one)["pratique_request_seconds_count kind=packument"]
        assert told == number + 1
        assert samples(two)["pratique_request_seconds_count kind=packument"] == told


def test_who_takes_the_place_of_one_that_died_goes_on_from_there(tmp_path: Path) -> None:
    one, two = worker(tmp_path, 0, ("gauge", "age", "Age.", 7)), worker(tmp_path, 1)
    one.request("packument", "served", 0.1)
    assert samples(one)["pratique_requests_total kind=packument outcome=served"] == 1
    again = worker(tmp_path, 0)
    again.request("packument", "served", 0.1)
    again.say()
    assert samples(two)["pratique_requests_total kind=packument outcome=served"] == 2
    assert "age" not in samples(two)


def test_what_cannot_be_told_to_the_others_is_warned_of_once_and_counts_here(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    metrics = worker(folder, 0)
    with capture_logs() as lines:
        for number in range(2):
            shutil.rmtree(folder)
            for _ in range(3):
                metrics.request("packument", "served", 0.1)
                metrics.say()
            assert samples(metrics)["pratique_requests_total kind=packument outcome=served"] == 3 * (number + 1)
            folder.mkdir()
            metrics.say()
    assert [(each["event"], each["log_level"]) for each in lines] == [("metrics-untold", "warning")] * 2


def test_one_that_is_alone_has_nobody_to_ask() -> None:
    metrics = Metrics()
    metrics.request("packument", "served", 0.1)
    assert samples(metrics)["pratique_requests_total kind=packument outcome=served"] == 1
