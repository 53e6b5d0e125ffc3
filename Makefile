# Aliases: run.py does the work.
.PHONY: demo test check bench lock setup
demo test check bench lock setup:
	@python3 run.py $@
