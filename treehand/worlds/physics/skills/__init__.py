"""The physics kitchen's skills: classical control over tracked objects.

Skills ask a port (`WorkingRobot`): perception of tracked objects, encoders, a library of shapes.
They import neither the simulation nor its robot. The simulation decides the outcome.
"""

from treehand.worlds.physics.skills.handles import close_door, open_door, turn_off, turn_on
from treehand.worlds.physics.skills.picking import go_to, look_for, pick
from treehand.worlds.physics.skills.placing import put_in, put_on, sweep_up, throw_away
from treehand.worlds.physics.skills.wiping import wash, wipe

SKILLS = (
    go_to,
    look_for,
    pick,
    put_on,
    put_in,
    throw_away,
    sweep_up,
    open_door,
    close_door,
    turn_on,
    turn_off,
    wash,
    wipe,
)

__all__ = ["SKILLS"]
