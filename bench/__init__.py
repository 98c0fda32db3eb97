"""What we claim about speed, measured beside the physical floor and a peer in one run. See results.md."""
