"""The verbs of the directory. `regions`: an edition of the tree. `units`: found, rename, change, close a unit.
`reorganisation`: merge and split. `posts`: posts and appointments. `leads`: who leads a matter.

Rights asked for, at the unit or region concerned: `directory.manage`; apart from it `directory.manage_posts` (make and
close posts) and `directory.appoint` (put people in them), because a post carries roles and whoever is put in it is
given them: who runs the platform must not be able to give himself any.
"""

from tongqu.kernel.directory.operations.leads import end_lead, name_lead
from tongqu.kernel.directory.operations.posts import appoint, close_post, create_post, end_appointment
from tongqu.kernel.directory.operations.regions import import_edition, map_region
from tongqu.kernel.directory.operations.reorganisation import Share, merge_units, split_unit
from tongqu.kernel.directory.operations.units import change_unit, close_unit, create_unit, rename_unit

__all__ = [
    "Share",
    "appoint",
    "change_unit",
    "close_post",
    "close_unit",
    "create_post",
    "create_unit",
    "end_appointment",
    "end_lead",
    "import_edition",
    "map_region",
    "merge_units",
    "name_lead",
    "rename_unit",
    "split_unit",
]
