"""The pages, one module each: what it asks of the site, and the template that shows it."""
