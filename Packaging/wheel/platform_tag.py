"""Any Python, but this kind of machine: glibc 2.34 or later (RHEL 9, Ubuntu 22.04) on x86-64."""
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlatformTag(BuildHookInterface):
    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-manylinux_2_34_x86_64"
