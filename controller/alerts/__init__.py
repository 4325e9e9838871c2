"""Alerts: what is raised, whom it goes to, and the outbox that delivers it.

``sources`` say what is wrong now, ``raising`` turns that into rows (one alert an incident, one delivery a receiver),
``sender`` works the outbox off through ``channels``, and ``digest`` writes the morning's page.
"""
