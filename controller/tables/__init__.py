"""SQLModel tables, one file an aggregate. Importing this package registers all of them on ``SQLModel.metadata``.

Times are Unix seconds (float) by the controller's clock unless the name says ``box_``; days are ISO dates in the
province's time zone. Identifiers given to boxes, sessions and tokens are random text, never a database counter.
"""

from controller.tables.admission import MeasurePlan, MeasureSpent
from controller.tables.agents import Agent, JoinCode, Readmission
from controller.tables.alerts import AlertDelivery, AlertRoute, RaisedAlert
from controller.tables.assets import (
    Asset,
    AssetCommon,
    AssetEvent,
    AssetIdentifier,
    AssetPair,
    AssetSource,
    AssetTransfer,
    RoomItem,
    RoomMonth,
    SchoolLink,
    SurveyAnswer,
)
from controller.tables.contracts import KeptMap, PlanMonth, SchoolMonth
from controller.tables.incidents import Incident, IncidentSchool, IncidentStep, Maintenance, Provider
from controller.tables.inventory import Device, InventorySnapshot
from controller.tables.measurements import Day, Event, Hour, Latest, Measurement, Rejected, SealedBatch, StaleDay
from controller.tables.people import ApiToken, Audit, LoginSession, RoleGrant, User
from controller.tables.registry import Commune, Contact, Link, Room, School
from controller.tables.system import Epoch, Lease, Setting

__all__ = [
    "Agent",
    "AlertDelivery",
    "AlertRoute",
    "ApiToken",
    "Asset",
    "AssetCommon",
    "AssetEvent",
    "AssetIdentifier",
    "AssetPair",
    "AssetSource",
    "AssetTransfer",
    "Audit",
    "Commune",
    "Contact",
    "Day",
    "Device",
    "Epoch",
    "Event",
    "Hour",
    "Incident",
    "IncidentSchool",
    "IncidentStep",
    "InventorySnapshot",
    "JoinCode",
    "KeptMap",
    "Latest",
    "Lease",
    "Link",
    "LoginSession",
    "Maintenance",
    "MeasurePlan",
    "MeasureSpent",
    "Measurement",
    "PlanMonth",
    "Provider",
    "RaisedAlert",
    "Readmission",
    "Rejected",
    "RoleGrant",
    "Room",
    "RoomItem",
    "RoomMonth",
    "School",
    "SchoolLink",
    "SchoolMonth",
    "SealedBatch",
    "Setting",
    "StaleDay",
    "SurveyAnswer",
    "User",
]
