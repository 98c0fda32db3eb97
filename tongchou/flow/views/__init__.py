"""Views of flows: definitions, instances, editing."""
