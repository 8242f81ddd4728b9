"""Private PostgreSQL and RabbitMQ on free ports of this machine, for the tests and for `demo --postgres --rabbitmq`.

Nothing of them outlives the process that started them, and nothing of an installed server is touched.
"""

from gateway.demo.services.postgres import postgres
from gateway.demo.services.programs import MissingServiceError
from gateway.demo.services.rabbitmq import rabbitmq

__all__ = ["MissingServiceError", "postgres", "rabbitmq"]
