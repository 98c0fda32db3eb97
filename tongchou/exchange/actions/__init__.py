"""What the exchange does on record: reads (`access`, `judging`) and grants (`grants`)."""
