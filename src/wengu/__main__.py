"""`python -m wengu`."""

from wengu.cli import main

main()
