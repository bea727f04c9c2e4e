"""A registry around a registry, one stage a file: upstream, cached, quarantined."""
