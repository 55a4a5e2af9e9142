"""The HubSpot side: a local server that answers as HubSpot's CRM APIs do.

The facts come from the project's own reference; each module names the section it builds. From the bottom up: `ids`,
`timetext`, `types`, `definitions`, `values` (what is known of HubSpot); `store`, `history`, `associations`, `catalogue`
(what is kept); `records`, `links`, `merge`, `search`, `automation`, `validations`, `tie_limits` (the rules); `schemas`,
`lists`, `exports`, `imports`, `webhooks`, `integration` (what an account has beside its records); `auth`, `limits`,
`http`, `rest`, `app` (the wire); `side` (what the twin sees).
"""
