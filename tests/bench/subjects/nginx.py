"""nginx with `proxy_cache`: as fast as HTTP gets, and without a thought about what it serves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import ClassVar

from tests.bench.processes import Program
from tests.bench.subjects.subject import Subject
from tests.delivery.fetched import Unavailable

CONFIGURATION = """
daemon off;
%(user)s
worker_processes %(workers)d;
pid %(folder)s/pid;
error_log %(folder)s/error.log error;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path %(folder)s/body;
  proxy_temp_path %(folder)s/temp;
  fastcgi_temp_path %(folder)s/fastcgi;
  uwsgi_temp_path %(folder)s/uwsgi;
  scgi_temp_path %(folder)s/scgi;
  sendfile on;
  tcp_nopush off;  # with it, answers wait 40 ms now and then
  tcp_nodelay on;
  keepalive_timeout 75;
  keepalive_requests 10000000;
  types { }
  default_type application/octet-stream;

  # What the upstream has not packed.
  gzip on;
  gzip_comp_level 1;
  gzip_proxied any;
  gzip_types application/json application/vnd.npm.install-v1+json;

  map $http_accept $form {
    ~install-v1  "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
    default      "application/json";
  }
  map $http_accept_encoding $packed {
    ~gzip    gzip;
    default  "";
  }
  proxy_cache_path %(folder)s/cache levels=1:2 keys_zone=npm:64m max_size=20g inactive=30d use_temp_path=off;

  upstream registry {
    server %(upstream)s;
    keepalive 64;
  }
  server {
    listen 127.0.0.1:%(port)d backlog=1024;
    location / {
      proxy_pass http://registry;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $proxy_host;
      proxy_set_header Accept $form;
      proxy_set_header Accept-Encoding $packed;
      proxy_cache npm;
      proxy_cache_key "$request_uri $form $packed";
      proxy_cache_valid 200 6h;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 60s;
      proxy_cache_lock_age 60s;
      proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;
      proxy_buffers 16 64k;
      proxy_buffer_size 64k;
      proxy_busy_buffers_size 128k;
    }
  }
}
"""


class Nginx(Subject):
    """Compared with in requests, processor time and tails."""

    name: ClassVar[str] = "nginx"

    def launch(self) -> Program:
        """With a configuration of its own."""
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            raise Unavailable("nginx is missing: apt-get install nginx-light")
        file = self.folder / "nginx.conf"
        values = {
            "user": f"user {Path('/proc/self').owner()};" if os.geteuid() == 0 else "",
            "workers": self.workers,
            "folder": self.folder,
            "upstream": self.upstream.removeprefix("http://"),
            "port": self.port,
        }
        file.write_text(CONFIGURATION % values)
        return Program([program, "-p", self.folder, "-e", self.folder / "error.log", "-c", file], os.environ, self.folder)
