"""Entry of the plugin process: `pulumi-resource-logflume <engine address>`."""

from service.plugin import leave_the_sdk_out

if __name__ == "__main__":
    leave_the_sdk_out()

    from service.plugin.server import run
    from service.provider.server import Provider

    run(Provider())
