"""Flows 流程: how a thing goes from hand to hand, as data that a district can read, check, publish and change.

A definition (`definitions`) names states, the actions that lead from one to the next, who owns each state, what guards
an action, how long a state may last, who is reminded and what happens when the limit passes. It is checked as a whole
before it is published (`rules.check`: every problem at once, with its place) and is immutable afterwards; an instance
stays with the version it began with. Nobody publishes what they wrote, and nobody decides on their own work.

An instance is one row. It changes only in `moves.py`, by compare-and-set on its version: of two who act at once one wins
and the other is told (`flow.moved_on`). What happened is append-only (`Event`, kept by triggers). Limits run on the
working-time clock and stand while the thing waits for its applicant (`limits`). Timers fire once, whoever runs them
(`timers.run_due`). A state may wait for child instances in other organisations and goes on when their join holds.

Other rooms start and move instances (`actions.instances.start`, `act`), register what an action does (`effects`) and
show them (`queries`; templates flow/stepper.html, flow/timeline.html, flow/actions.html through
`{% include %}` with an instance). Effects run in the transaction of the move: both happen or neither.

Start reading at `definitions.py`, then `rules.py` and `moves.py`.
"""
