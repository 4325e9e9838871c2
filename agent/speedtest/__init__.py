"""The measuring engine "truongnet-tcp/1", the box's side; see docs/decisions/0004-measuring-engine.md."""
