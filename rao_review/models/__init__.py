"""Models: any OpenAI-compatible endpoint, behind layers of one concern each.

Model            what a mind talks to: one `complete(request)`                         (model.py)
├── journal      finished calls are written ahead, and answered from there on resume   (ledger.py)
├── retry        back-off, Retry-After, what is worth another attempt                  (retry.py)
├── budget       reserved before every attempt, settled after                          (budget.py)
├── limiter      concurrency, requests and tokens a minute, for the whole tree         (limiter.py)
├── pool         which replica: health, least loaded, a subtree stays where it was     (pool.py)
└── endpoint     one HTTP exchange                                                     (endpoint.py)
    ├── body         a request as JSON, in the dialect that the endpoint understands   (body.py)
    ├── connection   the SDK and its pool of connections                               (connection.py)
    ├── assembly     the pieces of an answer put together                              (assembly.py)
    └── refusals     every server's wording becomes a typed error                      (refusals.py, rates.py)

Beside them: what is known of a model before it is asked (profile.py, describe.py, windows.py, tokens.py).
"""
