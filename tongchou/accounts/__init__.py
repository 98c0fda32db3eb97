"""Accounts 机构与人员: who is who in the district, and what each may do.

Organisations form a tree (district, town, community, grid). A user holds memberships: a role within an
organisation. Whoever does something does it as one membership, the `Actor`, and every write that matters is an
`@action`: it checks the actor's permission, runs in a transaction and leaves its record in the ledger, also
when it is refused. Views declare who may call them with `access`. Start reading at `actor` and `action`.
"""
