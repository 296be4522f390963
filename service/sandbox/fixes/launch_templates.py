"""Launch templates: a new version is made from its source version, and what a template keeps is what it was given.

moto leaves SourceVersion unread, keeps the user data of later versions in another form than it launches from, and puts the
template's own tags among those of its instances.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from service.sandbox.fixes import replaces


@replaces(LaunchTemplate, "create_version")
def _create_version(
    original: Callable[..., Any], self: LaunchTemplate, data: dict[str, Any], description: str
) -> Any:
    user_data = data.get("UserData")
    if user_data is not None and not isinstance(user_data, Base64EncodedString):
        data["UserData"] = parse_user_data(user_data)
    own = [spec for spec in data.get("TagSpecifications", []) if spec["ResourceType"] != "launch-template"]
    if "TagSpecifications" in data:
        data["TagSpecifications"] = own
    return original(self, data, description)


@replaces(LaunchTemplates, "create_launch_template_version")
def _create_launch_template_version(original: Callable[..., Any], self: LaunchTemplates) -> Any:
    answer = original(self)
    source = self._get_param("SourceVersion")
    if source:
        backend = self.ec2_backend
        name, id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
        template = backend.get_launch_template_by_name(name) if name else backend.get_launch_template(id)
        made = template.latest_version()
        # In place: the answer holds the same data.
        for key, value in template.get_version(source).data.items():
            made.data.setdefault(key, value)
    return answer


# moto copies the tags when the template is made; they may change later, so they are read where they are kept.
_tags_now = property(lambda self: self.get_tags(), lambda _self, _copy: None)
setattr(LaunchTemplate, "tags", _tags_now)  # noqa: B010 - a type checker takes no property for the attribute
