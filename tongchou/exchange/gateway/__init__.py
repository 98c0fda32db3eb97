"""Gateway 网关: the exchange for departments' systems, a thin skin over the traced reads that the screens use.

A system (接入系统, `models.Client`) signs each request with a key of its own (RFC 9421 HTTP Message Signatures, RFC 9530
digests: `signatures`). The gateway checks what was sent (`requests`, `shapes`), finds the form of use that plugs in
there (`forms`), runs its traced read (`answering`), commits the use with the request's nonce and its counts (`exchange.uses`)
and only then answers. Errors are problem documents (`problems`, RFC 9457), the description is made from the forms
(`openapi`). `application.Gateway` is the ASGI application.

Invariants
    Nothing is decided here that is not decided for the screens: grants, purposes, cases, rows, masks and quotas lie in
    the read and in `uses`. What is refused is on the ledger like what is answered. A request is answered by the rulebook of a
    moment after its arrival. Whoever cannot sign learns nothing, not even which keys exist.
"""
