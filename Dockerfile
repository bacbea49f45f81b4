# The app for a company's server. Build: docker build -t lookalike-workbench .
# Run and sign-in: see docs/running.md.

FROM python:3.12-slim AS build
# PyTorch's CPU build: the usual one for Linux carries GPU libraries of several gigabytes
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt requirements-auth.txt /build/
WORKDIR /build
RUN python -m venv /opt/venv
RUN grep '^torch' requirements.txt > torch.txt \
    && /opt/venv/bin/pip install -r torch.txt --index-url "$TORCH_INDEX"
RUN /opt/venv/bin/pip install -r requirements-auth.txt

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin workbench \
    && install -d -o workbench -g workbench /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY app.py ./
COPY .streamlit/config.toml ./.streamlit/
COPY lookalike ./lookalike
COPY pages ./pages
COPY sample_data ./sample_data
# Only localhost is served outside of a container; within one the port decides who reaches it, so
# nobody gets in until sign-in is configured (LOOKALIKE_SIGN_IN=0: everybody, as administrator).
# With a browser.serverAddress Streamlit does not ask the internet for this machine's address.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost \
    LOOKALIKE_WORKSPACE=/data/workspace \
    LOOKALIKE_SIGN_IN=1
USER workbench
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py"]
