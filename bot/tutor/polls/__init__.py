"""Questions that a teacher puts to a whole channel: asked, answered, counted and explained."""
