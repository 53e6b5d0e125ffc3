"""Learn: whether it helped, for whom, and what stood in the way.

==============  =============================================================