"""What a network of pictures sees: its maps and filters, and which places of a picture spoke for a class."""

from wengu.vision.interpret.activations import activations
from wengu.vision.interpret.class_activation import class_activation_map, grad_cam
from wengu.vision.interpret.filters import around_grey, filter_pictures, filters, tiled
from wengu.vision.interpret.occlusion import occlusion_map
from wengu.vision.interpret.overlay import enlarged, heat, overlay

__all__ = [
    "activations",
    "around_grey",
    "class_activation_map",
    "enlarged",
    "filter_pictures",
    "filters",
    "grad_cam",
    "heat",
    "occlusion_map",
    "overlay",
    "tiled",
]
