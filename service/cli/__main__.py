import sys

from service.cli.command import main

sys.exit(main())
