"""The monitoring stack: Prometheus, Alertmanager and VictoriaMetrics of Debian, configured for this province."""
