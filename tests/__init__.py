"""Tests of the whole system, and the rig that the rooms' own tests use too."""
