"""Entry of the plugin process: `pulumi-resource-logflume <engine address>`."""

from service.plugin.server import run
from service.provider.server import Provider

if __name__ == "__main__":
    run(Provider())
