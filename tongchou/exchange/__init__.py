"""Exchange 转: the only door to people's data.

Whoever reads about a subject passes through one function, `actions.access.read`: it finds the grant, checks
purpose, asks the pool, masks by grade, writes the access to the ledger and waits for its commit, and only then
answers. The HTTP interface and the screens are thin skins over it. Start reading at `actions.access`.
"""
