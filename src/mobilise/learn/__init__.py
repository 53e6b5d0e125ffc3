"""Learn: whether it helped, for whom, and what stood in the way.

==============  ====================================================================
question        where
==============  ====================================================================
did it help?    `outcomes`: before and after, missing follow-up, gaps, reach x effect
did it cause?   `causes`: differences in differences, time series, matched, weighted
what together?  `meta`: estimates of several projects pooled
who with whom?  `network`: organisations and their links over time
what was done?  `register`: projects, partners, outputs, and the library of them
what was said?  `coding`: documents, passages, codes, exchanged as REFI-QDA
what follows?   `synthesis`: the framework matrix, barriers and enablers, confidence
who decides?    `priorities`: rounds in which residents weigh what matters
==============  ====================================================================
"""

from __future__ import annotations

__all__: list[str] = []
