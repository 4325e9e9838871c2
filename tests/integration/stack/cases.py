"""For each rule a course of events in which it fires, and one near to it in which it must not; one value a minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ONE = 'job="truongnet-controller",instance="tinh:443"'
Series = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """Series as promtool writes them, and the minute at which to look."""

    bad: Series
    good: Series
    minute: int


def up(job: str, values: str) -> Series:
    return {f'up{{job="{job}",instance="x"}}': values}


def own(**series: str) -> Series:
    return {f"truongnet_{name}{{{ONE}}}": values for name, values in series.items()}


def labelled(name: str, label: str, values: str) -> Series:
    return {f"truongnet_{name}{{{ONE},{label}}}": values}


# ``time()`` begins at 0 in these tests, so a moment that lies far back is a negative one.
CASES: Mapping[str, Case] = MappingProxyType(
    {
        "TruongNetControllerDown": Case(
            up("truongnet-controller", "1x4 0x10"), up("truongnet-controller", "1x4 0 1x10"), 8
        ),
        "TruongNetUplinkDown": Case(
            labelled("uplink_state", 'state="down"', "1x10"), labelled("uplink_state", 'state="down"', "0x5 1 0x10"), 7
        ),
        "TruongNetUplinkUnknown": Case(
            labelled("uplink_state", 'state="unknown"', "1x40"),
            labelled("uplink_state", 'state="unknown"', "1x20 0x20"),
            35,
        ),
        "TruongNetControllerUnknown": Case(up("prometheus", "1x20"), up("truongnet-controller", "0x20"), 10),
        "TruongNetMeasureDown": Case(up("truongnet-measure", "0x20"), up("truongnet-measure", "0x3 1x20"), 10),
        "TruongNetPagesFailing": Case(
            {
                **labelled("http_requests_total", 'status="5xx"', "0+6x30"),
                **labelled("http_requests_total", 'status="2xx"', "0+60x30"),
            },
            {
                **labelled("http_requests_total", 'status="5xx"', "0+1x30"),
                **labelled("http_requests_total", 'status="2xx"', "0+600x30"),
            },
            20,
        ),
        "TruongNetPagesSlow": Case(
            {
                **labelled("http_request_seconds_bucket", 'le="1"', "0+10x40"),
                **labelled("http_request_seconds_bucket", 'le="5"', "0+60x40"),
                **labelled("http_request_seconds_bucket", 'le="+Inf"', "0+60x40"),
            },
            {
                **labelled("http_request_seconds_bucket", 'le="1"', "0+60x40"),
                **labelled("http_request_seconds_bucket", 'le="5"', "0+60x40"),
                **labelled("http_request_seconds_bucket", 'le="+Inf"', "0+60x40"),
            },
            30,
        ),
        "TruongNetDiskLow": Case(
            own(disk_free_bytes="9x30", disk_size_bytes="100x30"),
            own(disk_free_bytes="11x30", disk_size_bytes="100x30"),
            20,
        ),
        "TruongNetDiskFull": Case(own(disk_free_bytes="200000000x9"), own(disk_free_bytes="300000000x9"), 5),
        "TruongNetDiskFillsSoon": Case(
            own(disk_free_bytes="30000-10x480", disk_size_bytes="100000x480"),
            own(disk_free_bytes="30000-1x480", disk_size_bytes="100000x480"),
            470,
        ),
        "TruongNetBackupOld": Case(own(backup_done_seconds="-130000x30"), own(backup_done_seconds="-80000x30"), 20),
        "TruongNetBackupNever": Case(
            own(epoch_started_seconds="-130000x90"),
            own(epoch_started_seconds="-130000x90", backup_done_seconds="-900000x90"),
            80,
        ),
        "TruongNetEpochBegun": Case(
            own(epoch_started_seconds="-60x9", epoch="1795496400x9"), own(epoch_started_seconds="-60x9", epoch="1x9"), 5
        ),
        "TruongNetTokenEnds": Case(
            own(monitoring_token_ends_seconds="864000x90"), own(monitoring_token_ends_seconds="1728000x90"), 80
        ),
        "TruongNetIngestFailing": Case(own(commits_failed_total="0x4 1x9"), own(commits_failed_total="7x20"), 6),
        "TruongNetIngestSlow": Case(
            own(commit_seconds_total="0+60x40", commits_total="0+60x40"),
            own(commit_seconds_total="0+1x40", commits_total="0+60x40"),
            30,
        ),
        "TruongNetIngestWaiting": Case(own(ingest_waiting="900x20"), own(ingest_waiting="900x3 0x20"), 10),
        "TruongNetIngestBusy": Case(own(exchanges_busy_total="0+120x40"), own(exchanges_busy_total="0+12x40"), 30),
        "TruongNetIngestRefusing": Case(
            own(exchanges_refused_total="0+60x60", exchanges_total="0+60x60"),
            own(exchanges_refused_total="0+1x60", exchanges_total="0+6000x60"),
            50,
        ),
        "TruongNetIngestSetAside": Case(own(items_rejected_total="0+10x90"), own(items_rejected_total="0+1x90"), 80),
        "TruongNetNobodySpeaks": Case(
            {**own(beats_total="500x40"), **labelled("boxes", 'state="accepted"', "50x40")},
            {**own(beats_total="0+100x40"), **labelled("boxes", 'state="accepted"', "50x40")},
            30,
        ),
        "TruongNetBoxesClocks": Case(
            {**own(boxes_clock_skewed="80x90"), **labelled("boxes", 'state="accepted"', "1000x90")},
            {**own(boxes_clock_skewed="40x90"), **labelled("boxes", 'state="accepted"', "1000x90")},
            80,
        ),
        "TruongNetBoxesSpools": Case(own(boxes_spool_nearly_full="1x90"), own(boxes_spool_nearly_full="0x90"), 80),
        "TruongNetBoxesQuarantined": Case(
            labelled("boxes", 'state="quarantined"', "1x30"), labelled("boxes", 'state="quarantined"', "0x30"), 25
        ),
        "TruongNetBackgroundFailing": Case(
            labelled("background_failures_total", 'task="status"', "0+1x30"),
            labelled("background_failures_total", 'task="status"', "0x10 1x20"),
            20,
        ),
        "TruongNetBackgroundStuck": Case(
            labelled("background_last_run_seconds", 'task="status"', "0x30"),
            labelled("background_last_run_seconds", 'task="status"', "0+60x30"),
            20,
        ),
        "TruongNetAlertsWaiting": Case(
            own(alert_oldest_waiting_seconds="1000x30"), own(alert_oldest_waiting_seconds="800x30"), 20
        ),
        "TruongNetAlertsFailing": Case(
            labelled("alert_route_failures", 'route="1"', "5x9"),
            labelled("alert_route_failures", 'route="1"', "4x9"),
            5,
        ),
        "TruongNetStackDown": Case(up("victoria-metrics", "0x20"), up("victoria-metrics", "1x20"), 10),
        "TruongNetLongTermFailing": Case(
            {'prometheus_remote_storage_samples_failed_total{instance="x"}': "0+10x40"},
            {'prometheus_remote_storage_samples_failed_total{instance="x"}': "10x40"},
            30,
        ),
    }
)
