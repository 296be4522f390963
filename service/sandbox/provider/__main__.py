"""Entry of the plugin process: `pulumi-resource-aws <engine address>`."""

from service.plugin import leave_the_sdk_out

if __name__ == "__main__":
    leave_the_sdk_out()

    from service.sandbox.provider.server import main

    main()
