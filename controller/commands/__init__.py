"""The commands of ``truongnet``, grouped: each module has ``add(verbs)``, which adds its verbs to the parser."""
