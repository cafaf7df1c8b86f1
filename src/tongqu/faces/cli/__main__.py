import sys

from tongqu.faces.cli.main import main

sys.exit(main())
