"""Models: any OpenAI-compatible endpoint, behind layers of one concern each.

Model            what a mind talks to: one `complete(request)`                         (model.py)
├── journal      finished calls are written ahead, and answered from there on resume   (ledger.py)
├── budget       reserved before every attempt, settled after                          (budget.py)
├── retry        back-off, Retry-After, what is worth another attempt                  (retry.py)
├── limiter      concurrency, requests and tokens a minute, for the whole tree         (limiter.py)
├── pool         which replica: health, least loaded, a subtree stays where it was     (pool.py)
└── endpoint     one HTTP exchange; every server's wording becomes a typed error       (endpoint.py)
"""
