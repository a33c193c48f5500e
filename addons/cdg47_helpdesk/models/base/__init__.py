from . import ir_http
from . import mail_thread
from . import res_company
from . import res_config_settings
from . import res_users
