//! Versions of images in platform.yaml.
