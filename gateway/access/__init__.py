"""Who may do what: people, passwords, second factors, sessions, API keys, roles.

Read `permissions.py` first: one table says which role may do what. `principal.py` is the answer of authentication,
`guards.py` what an endpoint asks of it, `call.py` the transaction an endpoint works in.
"""
