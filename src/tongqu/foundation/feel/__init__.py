"""FEEL, the expression language of DMN 1.5: read, checked and evaluated without running anybody else's code."""
